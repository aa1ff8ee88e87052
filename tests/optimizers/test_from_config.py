"""Optimizers from their configs."""

from minigrad.optimizers import SGD, schedules


def test_from_config_makes_the_schedule_again_with_custom_objects_too():
    class Constant(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.25

        def get_config(self):
            return {}

    decay = SGD(schedules.ExponentialDecay(0.1, 10, 0.5))
    assert SGD.from_config(decay.get_config()).get_config() == decay.get_config()
    again = SGD.from_config(SGD(Constant()).get_config(), custom_objects={"Constant": Constant})
    assert float(again.learning_rate) == 0.25
